"""The only door to torch: descriptions become modules, modules are trained, recorded, saved."""
