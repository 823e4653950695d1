"""The week's list on its way to people: mail, sheet, calendar entry, chat robots; each once per rep and week."""
