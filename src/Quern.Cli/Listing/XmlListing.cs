using System.Security;
using System.Xml;

namespace Quern.Cli.Listing;

/// <summary>Qube's XML of a list: a version, then one object list; scripts put a root around it (reference, clients 1).</summary>
internal static class XmlListing
{
    public static void Write(TextWriter to, string kind, IEnumerable<IEnumerable<(string Name, string Value)>> objects)
    {
        to.WriteLine("<version>1</version>");
        to.WriteLine($"<object type='{kind}_list'>");
        foreach (var one in objects)
        {
            to.WriteLine($"<item><object type='{kind}'>");
            foreach (var (name, value) in one)
            {
                to.WriteLine($"<{name}>{SecurityElement.Escape(string.Concat(value.Select(c => XmlConvert.IsXmlChar(c) || char.IsSurrogate(c) ? c : '?')))}</{name}>");
            }

            to.WriteLine("</object></item>");
        }

        to.WriteLine("</object>");
    }
}
