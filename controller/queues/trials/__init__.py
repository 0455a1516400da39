"""The wait estimate put to the test: simulated queues, recorded traces, the usual predictors beside it, and their errors."""
