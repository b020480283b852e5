"""Many devices for one press: workers that only compute, and the pool that hands work to them."""
