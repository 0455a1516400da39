"""What goes out of the clinic but calls: questions to web services; later e-mail and text messages."""
