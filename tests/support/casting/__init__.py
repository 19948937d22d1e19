"""The casting sheet in tests."""
