"""The durable job engine. Only this folder knows DBOS."""
