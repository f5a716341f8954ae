using Quern.Execution.Mac;
using Quern.Execution.Windows;
using Quern.Worker;
using Quern.Worker.Windows;

// Exit codes: 0 done, 1 refused or failed (one line on stderr), 2 usage.
if (OperatingSystem.IsMacOS())
{
    SystemLibrary.Prepare();
}

WorkerOptions options;
try
{
    if (args is ["selftest", .. var words])
    {
        return await SelfTestCommand.RunAsync(words).ConfigureAwait(false);
    }

    if (args is ["keep-password", .. var rest])
    {
        return KeepPasswordCommand.Run(rest, Console.OpenStandardInput(), Console.Out);
    }

    options = WorkerOptions.Parse(args);
}
catch (FormatException failure)
{
    await Console.Error.WriteLineAsync($"quern-worker: {failure.Message}").ConfigureAwait(false);
    return 2;
}
catch (RefusalException failure)
{
    await Console.Error.WriteLineAsync($"quern-worker: {failure.Message.ReplaceLineEndings(" ")}").ConfigureAwait(false);
    return 1;
}

if (options.WantsHelp)
{
    Console.WriteLine(WorkerOptions.Usage);
    return 0;
}

if (options.WantsVersion)
{
    Console.WriteLine($"quern-worker {WorkerProgram.Version}");
    return 0;
}

#if WINDOWS
if (OperatingSystem.IsWindows() && options.IsService)
{
    return WorkerService.Run(options);
}
#endif

if (OperatingSystem.IsWindows() && options.IsBackground)
{
    Console.SetError(LogFile.Open(options));
    WindowsHost.LeaveConsole();
}

try
{
    var log = new WorkerLog(Console.Error, TimeProvider.System);
    await new WorkerProgram(options, log, TimeProvider.System).RunAsync(CancellationToken.None).ConfigureAwait(false);
    return 0;
}
catch (Exception failure) when (failure is RefusalException or IOException or UnauthorizedAccessException)
{
    await Console.Error.WriteLineAsync($"quern-worker: {failure.Message.ReplaceLineEndings(" ")}").ConfigureAwait(false);
    return 1;
}
