"""What every PLIE service stands on: messaging, database, accounts and the web look."""
