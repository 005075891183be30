"""The staff console: pages for those who run the centre, its counties and its associations."""
