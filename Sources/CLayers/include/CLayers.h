// The loops of the layers of a network, and what they need.

#include "layers.h"
#include "levels.h"
#include "products.h"
#include "threads.h"
