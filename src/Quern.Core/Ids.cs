namespace Quern.Core;

/// <summary>A job, from 1 upwards, unique for the life of a supervisor's state.</summary>
public readonly record struct JobId(long Value) : IComparable<JobId>
{
    public int CompareTo(JobId other) => Value.CompareTo(other.Value);
    public override string ToString() => Value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>One instance of a job, numbered from 0. Prints as <c>12345.0</c>.</summary>
public readonly record struct InstanceId(JobId Job, int Sub) : ISpanFormattable
{
    public override string ToString() => $"{Job.Value}.{Sub}";

    /// <summary>For texts that name it: history has one for each item that ends.</summary>
    public bool TryFormat(Span<char> destination, out int charsWritten, ReadOnlySpan<char> format, IFormatProvider? provider) => destination.TryWrite($"{Job.Value}.{Sub}", out charsWritten);

    string IFormattable.ToString(string? format, IFormatProvider? formatProvider) => ToString();
}

/// <summary>A worker, as the supervisor numbered it when it joined.</summary>
public readonly record struct WorkerId(int Value) : IComparable<WorkerId>
{
    public int CompareTo(WorkerId other) => Value.CompareTo(other.Value);
    public override string ToString() => Value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>The two readings of a turn, taken once: monotonic milliseconds for deadlines, Unix milliseconds for people.</summary>
public readonly record struct Now(long Monotonic, long Unix);
