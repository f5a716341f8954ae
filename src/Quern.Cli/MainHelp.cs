using Quern.Cli.Commands;

namespace Quern.Cli;

internal static class MainHelp
{
    public static string VersionLine(string name) => $"{name} (Quern) {typeof(MainHelp).Assembly.GetName().Version?.ToString(3)}";

    public static void Print(TextWriter to)
    {
        to.WriteLine("""
            quern COMMAND [options]
            Runs renders and batch work on every machine a studio owns, as the right user.

              quern demo                    renders an animation on a farm of its own on this machine
              quern up                      a supervisor and a worker on this machine, until Ctrl-C
              quern supervisor              the supervisor alone
              quern supervisor install      makes it a service of this machine; uninstall takes it away
              quern worker                  a worker; --desktop for one that runs jobs as you
              quern worker install          makes a worker start by itself, at boot or with your session; uninstall takes it away
              quern worker mode             which worker starts by itself, and why; service or desktop changes it
              quern worker token            prints a one-time token with which a worker joins
              quern worker stop             --drain waits for what runs, --kill ends it
              quern worker status           what the worker on this host does
              quern worker selftest         whether this machine keeps what a worker promises; says what to mend
              quern config                  check, explain, set; push, versions, rollback: settings of this machine and of the workers
              quern why                     why a job, instance or item waits, and what would let it run
              quern retention               which finished jobs, output and history go next, and why
              quern env show                what a job would find on this machine, and why

            Commands of the farm (each also by its own name):
            """);
        foreach (var command in CommandTable.All)
        {
            to.WriteLine($"  quern {command.Name,-22}  {command.Summary}");
        }

        to.WriteLine();
        to.WriteLine("quern COMMAND --help tells the options of each.");
    }
}
