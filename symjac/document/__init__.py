"""The document model, its templates and formats."""
