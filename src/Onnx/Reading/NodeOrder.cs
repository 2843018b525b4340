namespace Flightc.Onnx.Reading;

/// <summary>An order in which nodes can be executed: that of the file where it is one, otherwise the nearest to it.</summary>
internal static class NodeOrder
{
    /// <summary>Sorts (Kahn 1962, always taking the first of the file that can be executed).</summary>
    /// <param name="predecessors">For each node, those that have to come before; some perhaps twice.</param>
    /// <returns>Indexes of nodes; fewer than there are where some wait for each other.</returns>
    public static int[] Sort(IReadOnlyList<int[]> predecessors)
    {
        int count = predecessors.Count;
        if (Enumerable.Range(0, count).All(i => Array.TrueForAll(predecessors[i], p => p < i)))
        {
            return [.. Enumerable.Range(0, count)];
        }

        List<int>[] successors = new List<int>[count];
        int[] waiting = new int[count];
        for (int i = 0; i < count; i++)
        {
            successors[i] = [];
        }

        PriorityQueue<int, int> ready = new();
        for (int i = 0; i < count; i++)
        {
            waiting[i] = predecessors[i].Length;
            foreach (int predecessor in predecessors[i])
            {
                successors[predecessor].Add(i);
            }

            if (waiting[i] == 0)
            {
                ready.Enqueue(i, i);
            }
        }

        List<int> order = new(count);
        while (ready.TryDequeue(out int node, out _))
        {
            order.Add(node);
            foreach (int successor in successors[node])
            {
                waiting[successor]--;
                if (waiting[successor] == 0)
                {
                    ready.Enqueue(successor, successor);
                }
            }
        }

        return [.. order];
    }

    /// <summary>Nodes that wait for each other, each for the next and the last for the first.</summary>
    /// <param name="predecessors">As for <see cref="Sort"/>.</param>
    /// <param name="order">What <see cref="Sort"/> gave; fewer than all.</param>
    public static IReadOnlyList<int> FindCycle(IReadOnlyList<int[]> predecessors, int[] order)
    {
        bool[] isDone = new bool[predecessors.Count];
        foreach (int node in order)
        {
            isDone[node] = true;
        }

        // Every node that is left waits for one that is left, so going back must meet itself.
        int[] place = new int[predecessors.Count];
        List<int> path = [];
        for (int node = Array.IndexOf(isDone, false); place[node] == 0; node = Array.Find(predecessors[node], p => !isDone[p]))
        {
            path.Add(node);
            place[node] = path.Count;
        }

        int last = Array.Find(predecessors[path[^1]], p => !isDone[p]);
        return path[(place[last] - 1)..];
    }
}
