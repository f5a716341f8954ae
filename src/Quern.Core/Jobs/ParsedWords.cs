namespace Quern.Core.Jobs;

/// <summary>What attributes of jobs say, read once for each text: many jobs ask for the same, and what they have in common they share. What was read never changes.</summary>
internal sealed class ParsedWords
{
    /// <summary>So that texts that come once, each another, do not pile up.</summary>
    private const int MostKept = 4096;

    private readonly Dictionary<(Type Type, string Text), object?> _read = [];

    public delegate T? Reader<T>(string text, out string? refusal);

    /// <summary>Null where the text is empty. It was read before the job was accepted: what an older store holds and cannot be read says nothing.</summary>
    public T? Read<T>(string text, Reader<T> read)
        where T : class
    {
        if (text.Length == 0)
        {
            return null;
        }

        if (!_read.TryGetValue((typeof(T), text), out var found))
        {
            if (_read.Count >= MostKept)
            {
                _read.Clear();
            }

            _read[(typeof(T), text)] = found = read(text, out _);
        }

        return (T?)found;
    }
}
