// gateway/main.cpp — subcommands and exit codes; short.
#include "gateway/cli.hpp"

int main(int argc, char** argv)
{
    return sluse::run(argc, argv);
}
