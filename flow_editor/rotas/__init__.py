"""On-call rotas."""
