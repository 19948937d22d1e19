"""The casting sheet: the clips that it is made of."""
