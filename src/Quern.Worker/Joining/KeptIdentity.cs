using Quern.Worker.Link;

namespace Quern.Worker.Joining;

/// <summary>Who a worker is by its record: its certificate is followed by others while it runs. Thread-safe for readers; one writer.</summary>
internal sealed class KeptIdentity(WorkerRecord record, WorkerIdentity first)
{
    private volatile WorkerIdentity _current = first;

    /// <summary>Asked for at each connection.</summary>
    public WorkerIdentity Current => _current;

    /// <summary>Keeps the next certificate, PEM, and is it from now on.</summary>
    /// <exception cref="RefusalException">It is none for this worker's key; nothing has changed.</exception>
    public void Renew(string certificatePem) => _current = record.Renew(certificatePem);
}
