"""Never comes out of its import."""

import time

print('importing')
time.sleep(600)
