using System.Runtime.InteropServices;
using Quern.Worker.Core;

namespace Quern.Worker;

/// <summary>
/// What signals mean: TERM restarts a service worker (its runs live on) and ends a desktop one with its runs; INT ends either; HUP is a desktop's logout, and a
/// service reads its settings again. While there is no loop (a desktop worker waits for its host) <see cref="Stopping"/> tells.
/// </summary>
internal sealed class StopSignals : IDisposable
{
    private readonly List<PosixSignalRegistration> _registrations = [];
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _gate = new();
    private readonly LocalSettings _settings;
    private readonly WorkerLog _log;
    private WorkerLoop? _loop;
    private StopKind? _told;

    public StopSignals(LocalSettings settings, bool termKills, bool endsWithInput, WorkerLog log)
    {
        (_settings, _log) = (settings, log);
        On(PosixSignal.SIGTERM, termKills ? StopKind.Kill : StopKind.Restart);
        On(PosixSignal.SIGINT, StopKind.Kill);
        On(PosixSignal.SIGHUP, termKills ? StopKind.Kill : null);
        if (endsWithInput)
        {
            _ = Task.Run(async () =>
            {
                await Console.OpenStandardInput().CopyToAsync(Stream.Null).ConfigureAwait(false);
                log.Info("whoever started this worker is gone: stopping");
                Stop(termKills ? StopKind.Kill : StopKind.Restart);
            });
        }
    }

    /// <summary>Cancelled by the first signal that stops.</summary>
    public CancellationToken Stopping => _stopping.Token;

    /// <summary>From here on signals go to this loop; one that came before does at once. Null = there is none any more.</summary>
    public void Direct(WorkerLoop? loop)
    {
        StopKind? told;
        lock (_gate)
        {
            _loop = loop;
            told = _told;
        }

        if (told is { } kind)
        {
            Tell(loop, kind);
        }
    }

    public void Dispose()
    {
        _registrations.ForEach(registration => registration.Dispose());
        _stopping.Dispose();
    }

    private void On(PosixSignal signal, StopKind? kind) => _registrations.Add(PosixSignalRegistration.Create(signal, context =>
    {
        context.Cancel = true;
        if (kind is { } how)
        {
            _log.Info($"{signal}: stopping");
            Stop(how);
        }
        else if (_settings.TryReload(_log) && _loop is { } loop)
        {
            _ = loop.SettingsChangedAsync(_settings.Values, CancellationToken.None).AsTask();
        }
    }));

    /// <summary>As a signal would.</summary>
    public void Stop(StopKind kind)
    {
        WorkerLoop? loop;
        lock (_gate)
        {
            _told = kind;
            loop = _loop;
        }

        _stopping.Cancel();
        Tell(loop, kind);
    }

    /// <summary>The loop takes it when it has room; a signal handler does not wait.</summary>
    private static void Tell(WorkerLoop? loop, StopKind kind) => _ = loop?.StopAsync(kind, CancellationToken.None).AsTask();
}
