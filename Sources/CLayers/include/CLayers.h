// The loops of the layers of a network, and what they need.

#include "levels.h"
#include "products.h"
#include "threads.h"
