using System.Runtime.Versioning;
using System.ServiceProcess;

namespace Quern.Worker.Windows;

/// <summary>
/// The worker as a service of Windows: <c>quern-worker --service</c>, which only the service manager starts. Stopping it, and shutting the machine down, ends what runs, since nothing outlives the worker here.
/// </summary>
[SupportedOSPlatform("windows")]
internal sealed class WorkerService : ServiceBase
{
    public const string Name = "quern-worker";
    private const int PatienceMs = 20_000;
    private readonly WorkerOptions _options;
    private readonly CancellationTokenSource _stopping = new();
    private readonly WorkerLog _log;
    private Task _running = Task.CompletedTask;

    private WorkerService(WorkerOptions options, StreamWriter output)
    {
        _options = options;
        _log = new WorkerLog(output, TimeProvider.System);
        ServiceName = Name;
        CanShutdown = true;
    }

    /// <summary>Returns when the service has stopped.</summary>
    public static int Run(WorkerOptions options)
    {
        using var output = LogFile.Open(options);
        using var service = new WorkerService(options, output);
        Run(service);
        return service.ExitCode;
    }

    protected override void OnStart(string[] args)
    {
        RequestAdditionalTime(PatienceMs);
        _running = Task.Run(WorkAsync);
    }

    protected override void OnStop() => End();

    protected override void OnShutdown() => End();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _stopping.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <summary>The edge: whatever ends the worker ends the service, with the reason in its log and an exit code that lets the service manager start it again.</summary>
    private async Task WorkAsync()
    {
        try
        {
            await new WorkerProgram(_options, _log, TimeProvider.System).RunAsync(_stopping.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            _log.Info("stopped");
        }
        catch (Exception failure)
        {
            _log.Error(failure is RefusalException or IOException or UnauthorizedAccessException ? failure.Message : failure.ToString());
            ExitCode = 1;
        }

        if (!_stopping.IsCancellationRequested)
        {
            Stop();
        }
    }

    private void End()
    {
        _stopping.Cancel();
        while (!_running.IsCompleted)
        {
            RequestAdditionalTime(PatienceMs);
            Task.WaitAny(_running, Task.Delay(PatienceMs / 2));
        }
    }
}
