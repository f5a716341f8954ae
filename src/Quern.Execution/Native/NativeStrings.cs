using System.Runtime.InteropServices;
using System.Text;

namespace Quern.Execution.Native;

/// <summary>A null-ended array of C strings in one block of memory, for argv and envp. Not thread-safe.</summary>
internal sealed unsafe class NativeStrings : IDisposable
{
    private byte* _block;

    internal NativeStrings(IReadOnlyList<string> strings)
    {
        var bytes = 0L;
        foreach (var text in strings)
        {
            bytes += Encoding.UTF8.GetByteCount(text) + 1;
        }

        var pointers = (strings.Count + 1) * sizeof(byte*);
        _block = (byte*)NativeMemory.Alloc((nuint)(pointers + bytes));
        var array = (byte**)_block;
        var next = _block + pointers;
        var left = bytes;
        for (var i = 0; i < strings.Count; i++)
        {
            array[i] = next;
            var written = Encoding.UTF8.GetBytes(strings[i], new Span<byte>(next, (int)Math.Min(left, int.MaxValue)));
            next[written] = 0;
            next += written + 1;
            left -= written + 1;
        }

        array[strings.Count] = null;
    }

    internal byte** Pointers => (byte**)_block;

    public void Dispose()
    {
        NativeMemory.Free(_block);
        _block = null;
    }
}
