namespace Quern.Proxy;

/// <summary>What the worker gave the proxy: a line to it, and the file of the run's journal, open for appending only.</summary>
internal interface IWorkerEnd
{
    bool IsOpen { get; }

    /// <summary>Reads what is there now. 0 = nothing; -1 = the worker is gone.</summary>
    int Receive(Span<byte> room);

    /// <summary>Sends one small message without waiting; it may be lost when the worker does not read.</summary>
    void Notify(ReadOnlySpan<byte> message);

    /// <summary>Writes whole records at the end of the journal. False when the disk does not take them.</summary>
    bool Append(ReadOnlySpan<byte> records);

    /// <summary>Opens a new line to the worker that listens at the path now and says who this is. False when there is none.</summary>
    bool Knock(string path, ReadOnlySpan<byte> hello);

    void Close();
}
