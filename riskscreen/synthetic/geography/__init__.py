"""Where families live: fictional or real buurten, how large and how deprived each is."""
