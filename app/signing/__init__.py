"""Who holds a key and how a document is signed with it; knows neither the database's tables nor the web."""
