"""What an enterprise says of a measure: drafts, versions, files."""
