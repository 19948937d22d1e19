"""Messages still to be sent and threads still to be read, even after a restart."""
