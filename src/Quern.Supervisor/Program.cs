using Quern.Configuration;
using Quern.Store;
using Quern.Supervisor;
using Quern.Supervisor.Trust;

// Exit codes: 0 done, 1 refused or failed (one line on stderr), 2 usage.
SupervisorOptions options;
try
{
    if (args.Contains("--help") || args.Contains("--version"))
    {
        Console.WriteLine(args.Contains("--help") ? SupervisorOptions.Usage : $"quern-supervisor {SupervisorProgram.Version}");
        return 0;
    }

    options = SupervisorOptions.Parse(args);
}
catch (FormatException failure)
{
    await Console.Error.WriteLineAsync($"quern-supervisor: {failure.Message}").ConfigureAwait(false);
    return 2;
}

try
{
    return await SupervisorProgram.RunAsync(options).ConfigureAwait(false);
}
catch (Exception failure) when (failure is ConfigurationException or StoreException or AuthorityException or IOException or UnauthorizedAccessException)
{
    await Console.Error.WriteLineAsync($"quern-supervisor: {failure.Message.ReplaceLineEndings(" ")}").ConfigureAwait(false);
    return 1;
}
