namespace Quern.Execution.Native;

/// <summary>
/// One thread that only starts processes, with no_new_privs or without. The flag cannot be taken back and every thread and process that a thread starts
/// inherits it; so this one runs nothing else, and no thread of the runtime's pool is ever born from it. Thread-safe.
/// </summary>
internal sealed class SpawnThread : IDisposable
{
    private readonly SemaphoreSlim _work = new(0);
    private readonly SemaphoreSlim _done = new(0);
    private readonly Lock _gate = new();
    private readonly Thread _thread;
    private Func<int>? _start;
    private int _result;

    internal SpawnThread(bool hasNoNewPrivileges)
    {
        _thread = new Thread(() => Loop(hasNoNewPrivileges)) { IsBackground = true, Name = "process starter" };
        _thread.Start();
    }

    /// <summary>Runs the start on the thread and returns what it returned. It must not throw.</summary>
    internal int Start(Func<int> start)
    {
        lock (_gate)
        {
            _start = start;
            _work.Release();
            _done.Wait();
            return _result;
        }
    }

    public void Dispose()
    {
        _start = null;
        _work.Release();
        _thread.Join();
        _work.Dispose();
        _done.Dispose();
    }

    private void Loop(bool hasNoNewPrivileges)
    {
        // macOS has no such flag.
        if (hasNoNewPrivileges && !OperatingSystem.IsMacOS())
        {
            _ = LibC.prctl(LibC.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        }

        while (true)
        {
            _work.Wait();
            if (_start is not { } start)
            {
                return;
            }

            _result = start();
            _done.Release();
        }
    }
}
