using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Quern.Execution.Windows.Secrets;

/// <summary>
/// Private data of the Local Security Authority, where the system keeps the passwords of services: in no file that anybody but LocalSystem and
/// administrators can read. Source: LsaStorePrivateData, LsaRetrievePrivateData; a name that begins with <c>L$</c> is read on this host only.
/// </summary>
[SupportedOSPlatform("windows")]
internal sealed unsafe partial class LsaPasswords : ILocalPasswords
{
    private const string Library = "advapi32.dll";
    private const string Prefix = "L$Quern-";
    private const uint GetPrivateInformation = 0x4, CreateSecret = 0x20;
    private const uint ObjectNameNotFound = 0xC0000034;

    public string Place => "lsa";

    public void Store(string name, ReadOnlySpan<byte> content)
    {
        fixed (byte* start = content)
        {
            Check(Put(name, new UnicodeString { Length = (ushort)content.Length, Capacity = (ushort)content.Length, Buffer = start }), "keep a password with");
        }
    }

    public byte[]? Read(string name)
    {
        using var policy = Open(GetPrivateInformation);
        fixed (char* characters = Prefix + name)
        {
            var key = KeyOf(characters, name);
            var status = LsaRetrievePrivateData(policy.Handle, &key, out var data);
            if (status == ObjectNameNotFound)
            {
                return null;
            }

            Check(status, "read a password from");
            var content = GC.AllocateUninitializedArray<byte>(data->Length, pinned: true);
            var kept = new Span<byte>(data->Buffer, data->Length);
            kept.CopyTo(content);
            kept.Clear();
            _ = LsaFreeMemory(data);
            return content;
        }
    }

    public bool Remove(string name)
    {
        var status = Put(name, null);
        if (status == ObjectNameNotFound)
        {
            return false;
        }

        Check(status, "remove a password from");
        return true;
    }

    /// <param name="content">Null removes it.</param>
    private static uint Put(string name, UnicodeString? content)
    {
        using var policy = Open(CreateSecret);
        fixed (char* characters = Prefix + name)
        {
            var key = KeyOf(characters, name);
            var data = content.GetValueOrDefault();
            return LsaStorePrivateData(policy.Handle, &key, content is null ? null : &data);
        }
    }

    private static UnicodeString KeyOf(char* characters, string name)
    {
        var bytes = (ushort)((Prefix.Length + name.Length) * sizeof(char));
        return new UnicodeString { Length = bytes, Capacity = bytes, Buffer = (byte*)characters };
    }

    private static Policy Open(uint access)
    {
        var attributes = new ObjectAttributes { Length = (uint)sizeof(ObjectAttributes) };
        Check(LsaOpenPolicy(null, &attributes, access, out var handle), "open");
        return new Policy(handle);
    }

    private static void Check(uint status, string what)
    {
        if (status != 0)
        {
            throw new IOException($"{what} the Local Security Authority: system error {LsaNtStatusToWinError(status)}; run it as an administrator or as LocalSystem");
        }
    }

    private readonly struct Policy(nint handle) : IDisposable
    {
        internal nint Handle => handle;

        public void Dispose() => _ = LsaClose(handle);
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct UnicodeString
    {
        internal ushort Length;
        internal ushort Capacity;
        internal byte* Buffer;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct ObjectAttributes
    {
        internal uint Length;
        internal nint RootDirectory;
        internal nint ObjectName;
        internal uint Attributes;
        internal nint SecurityDescriptor;
        internal nint SecurityQuality;
    }

    [LibraryImport(Library)]
    private static partial uint LsaOpenPolicy(UnicodeString* system, ObjectAttributes* attributes, uint access, out nint policy);

    [LibraryImport(Library)]
    private static partial uint LsaStorePrivateData(nint policy, UnicodeString* key, UnicodeString* data);

    [LibraryImport(Library)]
    private static partial uint LsaRetrievePrivateData(nint policy, UnicodeString* key, out UnicodeString* data);

    [LibraryImport(Library)]
    private static partial uint LsaFreeMemory(void* memory);

    [LibraryImport(Library)]
    private static partial uint LsaClose(nint policy);

    [LibraryImport(Library)]
    private static partial uint LsaNtStatusToWinError(uint status);
}
