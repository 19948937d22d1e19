"""What `/avatar find` answers."""
