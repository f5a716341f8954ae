using System.Collections.Concurrent;
using Quern.Core;
using Quern.Core.Farms;
using Quern.Supervisor.Passwords;

namespace Quern.Supervisor.Link;

/// <summary>The living connection of each worker. A later one replaces an earlier one.</summary>
internal sealed class LinkSessions(int killGraceSeconds, PasswordSeal seal)
{
    private readonly ConcurrentDictionary<WorkerId, LinkSession> current = new();

    /// <summary>Makes <paramref name="session"/> the worker's connection. On the farm's loop only, in step with Farm.LinkUp.</summary>
    public void Replace(LinkSession session)
    {
        if (current.TryGetValue(session.Worker, out var old))
        {
            old.Close();
        }

        current[session.Worker] = session;
    }

    /// <summary>True when it was the worker's connection and is no more. On the farm's loop only.</summary>
    public bool Drop(LinkSession session) => current.TryRemove(new KeyValuePair<WorkerId, LinkSession>(session.Worker, session));

    /// <summary>Ends a worker's connection when what waits has been said; false when it has none. It comes back by itself where it may.</summary>
    public bool Close(WorkerId worker)
    {
        if (!current.TryGetValue(worker, out var session))
        {
            return false;
        }

        session.Close();
        return true;
    }

    /// <summary>The connections there are now.</summary>
    public IEnumerable<LinkSession> All => current.Values;

    public void CloseAll()
    {
        foreach (var session in current.Values)
        {
            session.Close();
        }
    }

    /// <summary>After the commit of their turn, in whose history the opening of each password is.</summary>
    public void Deliver(IReadOnlyList<AddressedOrder> orders)
    {
        foreach (var addressed in orders)
        {
            if (current.TryGetValue(addressed.Worker, out var session) && session.Connection == addressed.Connection)
            {
                foreach (var order in LinkMessages.Orders(addressed.Order, killGraceSeconds))
                {
                    if (order.Start is { } started && addressed.Order is StartOrder { Credential: not null } start)
                    {
                        started.Credential = seal.ForRun(start);
                    }

                    session.Say(order);
                }
            }
        }
    }
}
