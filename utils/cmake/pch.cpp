// Holds the precompiled header of all compiler code.
