"""What a source may deliver: feeds, their columns and rules, and the reasons for refusing a row."""
