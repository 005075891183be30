"""Results as files: workbook, PDF, draft comment."""
