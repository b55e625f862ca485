// gateway/main.cpp — subcommands and exit codes; short.
int main()
{
    return 64;
}
