"""Where the embedded model was trained; its weights are in ``assets/pocket``."""
