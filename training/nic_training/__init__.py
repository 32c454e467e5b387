"""Trainer of the nic image codec: the networks under autograd, quantisation to integers, and the export."""
