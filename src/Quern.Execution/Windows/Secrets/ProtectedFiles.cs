using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Text;

namespace Quern.Execution.Windows.Secrets;

/// <summary>
/// Files protected by DPAPI for this host, in a folder that only LocalSystem and administrators may read: the folder is what keeps other accounts of the host out, the
/// protection what keeps a copy of the disk from being read elsewhere. For hosts where the Local Security Authority cannot be used. Source: CryptProtectData.
/// </summary>
[SupportedOSPlatform("windows")]
internal sealed unsafe partial class ProtectedFiles(string folder) : ILocalPasswords
{
    private const uint WithoutDialog = 0x1, LocalMachine = 0x4;

    public string Place => "dpapi";

    public void Store(string name, ReadOnlySpan<byte> content)
    {
        Directory.CreateDirectory(folder);
        var path = PathOf(name);
        var neighbour = path + ".new";
        File.WriteAllBytes(neighbour, Protect(content, name));
        File.Move(neighbour, path, overwrite: true);
    }

    public byte[]? Read(string name) => File.Exists(PathOf(name)) ? Unprotect(File.ReadAllBytes(PathOf(name)), name) : null;

    public bool Remove(string name)
    {
        var isThere = File.Exists(PathOf(name));
        File.Delete(PathOf(name));
        return isThere;
    }

    private string PathOf(string name) => Path.Combine(folder, name + ".dpapi");

    internal static byte[] Protect(ReadOnlySpan<byte> content, string name) => Call(content, name, isProtecting: true);

    /// <exception cref="IOException">Another host protected it, under another name, or it is damaged.</exception>
    internal static byte[] Unprotect(ReadOnlySpan<byte> content, string name) => Call(content, name, isProtecting: false);

    private static byte[] Call(ReadOnlySpan<byte> content, string name, bool isProtecting)
    {
        var entropy = Encoding.UTF8.GetBytes("quern\0" + name);
        fixed (byte* from = content, with = entropy)
        {
            var input = new Blob { Bytes = (uint)content.Length, Data = from };
            var more = new Blob { Bytes = (uint)entropy.Length, Data = with };
            var isDone = isProtecting
                ? CryptProtectData(&input, null, &more, 0, 0, WithoutDialog | LocalMachine, out var output)
                : CryptUnprotectData(&input, null, &more, 0, 0, WithoutDialog | LocalMachine, out output);
            if (!isDone)
            {
                throw new IOException($"{(isProtecting ? "protect" : "open")} a password on this host: system error {Marshal.GetLastPInvokeError()}; keep it anew with qbhash");
            }

            var made = new Span<byte>(output.Data, (int)output.Bytes);
            var result = GC.AllocateUninitializedArray<byte>(made.Length, pinned: true);
            made.CopyTo(result);
            CryptographicOperations.ZeroMemory(made);
            LocalFree((nint)output.Data);
            return result;
        }
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Blob
    {
        internal uint Bytes;
        internal byte* Data;
    }

    [LibraryImport("crypt32.dll", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool CryptProtectData(Blob* input, char* description, Blob* entropy, nint reserved, nint prompt, uint flags, out Blob output);

    [LibraryImport("crypt32.dll", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool CryptUnprotectData(Blob* input, char** description, Blob* entropy, nint reserved, nint prompt, uint flags, out Blob output);

    [LibraryImport("kernel32.dll")]
    private static partial nint LocalFree(nint memory);
}
