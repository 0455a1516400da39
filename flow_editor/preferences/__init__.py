"""What holds for the whole organisation: its name, zone, emergency sentence, languages, default line."""
