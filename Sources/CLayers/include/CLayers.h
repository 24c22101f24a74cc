// The loops of the layers of a network, and what they need.

#include "divergences.h"
#include "head.h"
#include "layers.h"
#include "levels.h"
#include "optimiser.h"
#include "products.h"
#include "sampling.h"
#include "threads.h"
