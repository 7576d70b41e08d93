"""What a training run has recorded -> tables and figures, for notebooks: it computes, and decides nothing."""
