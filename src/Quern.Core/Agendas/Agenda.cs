// Only plain ascending ranges; the whole grammar of Qube ranges replaces this file.
namespace Quern.Core.Agendas;
#pragma warning disable
public sealed record AgendaResult(Agenda? Agenda, string? Refusal);
public sealed class Agenda(int first, int last) {
  public int Count => last - first + 1;
  public AgendaItem this[int i] => new((first + i).ToString(), true, first + i, first + i, 1);
  public bool TryIndexOf(string n, out int i) { if (int.TryParse(n, out i) && i >= first && i <= last) { i -= first; return true; } return false; }
  public string Save() => $"{first}-{last}";
  public static Agenda Load(string t) { var p = t.Split('-'); return new(int.Parse(p[0]), int.Parse(p[^1])); }
  public static string Join(IEnumerable<long> l) => string.Join(",", l);
  public static AgendaResult Parse(string r, AgendaSplit s, int size, AgendaOrder o, int limit) { try { return new(Load(r), null); } catch { return new(null, "bad"); } }
}
