"""The broker: the connection, single messages, and what Home Assistant is sent. Needs the extra `mqtt`."""
