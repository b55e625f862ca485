// gateway/app.cpp — the wiring: starts the last stage first, stops the first stage first, drains between.
#include "gateway/app.hpp"
