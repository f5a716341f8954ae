namespace Quern.Execution.Windows.Secrets;

/// <summary>A place of this host for small secrets, by name. What it gives back the caller wipes. Thread-safe.</summary>
internal interface ILocalPasswords
{
    /// <summary>How a setting names the place: <c>lsa</c> or <c>dpapi</c>.</summary>
    string Place { get; }

    /// <summary>Keeps <paramref name="content"/> in place of an earlier one.</summary>
    /// <exception cref="IOException">It cannot; one line.</exception>
    void Store(string name, ReadOnlySpan<byte> content);

    /// <summary>Null when there is none of that name.</summary>
    /// <exception cref="IOException">It cannot be read; one line.</exception>
    byte[]? Read(string name);

    /// <summary>False when there was none.</summary>
    bool Remove(string name);
}
