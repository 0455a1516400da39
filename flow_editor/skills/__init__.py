"""Skills: what some of the staff can do, and how well."""
