"""Who answers whom, and when. Knows no FreeSWITCH and no SQL."""
