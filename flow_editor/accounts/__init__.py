"""Who may do what here: permissions, sign-in, sessions, people who sign in."""
