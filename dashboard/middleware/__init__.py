"""What every request and response passes: body limits, compression, headers, CSRF failures and outages."""
