import RoostCore

/// Numbers that are lost for good. Like watermarks they only grow: merging two replicas' views is their union.
extension Mailbox {
    /// These numbers of a stream are lost. Nothing of them is held from now on, and whoever sends one again is refused.
    /// - Returns: the run that is to be logged, as one with what it touches; `nil` when all of it was known.
    public mutating func lose(
        _ key: StreamKey, from sender: Address, _ run: LostNumbers, freed: inout FreedSpace
    ) -> LostNumbers? {
        var whole: LostNumbers?
        modifyStream(key, sender: sender) { stream in whole = stream.lose(run, freed: &freed) }
        dropPending(key, from: run.from, upTo: run.upTo, freed: &freed)
        return whole
    }

    /// The only owner closes what is missing below and between what it holds: nobody else can have it.
    /// - Returns: the runs that are to be logged, by stream, and how many numbers of them were not known to be lost.
    public mutating func closeGaps(
        freed: inout FreedSpace
    ) -> (runs: [(key: StreamKey, sender: Address, run: LostNumbers)], numbers: UInt64) {
        var runs: [(key: StreamKey, sender: Address, run: LostNumbers)] = []
        var numbers: UInt64 = 0
        for key in streams.keys.sorted() {
            guard let stream = streams[key] else { continue }
            let known = stream.lost.reduce(0) { $0 + $1.count }
            for gap in stream.gaps {
                guard let run = lose(key, from: stream.sender, gap, freed: &freed) else { continue }
                runs.append((key, stream.sender, run))
            }
            numbers += (streams[key]?.lost.reduce(0) { $0 + $1.count } ?? 0) - known
        }
        return (runs, numbers)
    }

    /// The log holds this run in `segment`, which is of no use there when it has become part of a longer one.
    public mutating func setLossSegment(
        _ segment: UInt32, key: StreamKey, _ run: LostNumbers, freed: inout FreedSpace
    ) {
        modifyStream(key) { stream in
            guard let index = stream.lost.firstIndex(where: { $0.from == run.from && $0.upTo == run.upTo }) else {
                return freed.add(segment: segment, bytes: PendingMessage.headBytesEstimate)
            }
            freed.add(segment: stream.lost[index].segment, bytes: PendingMessage.headBytesEstimate)
            stream.lost[index].segment = segment
        }
    }
}
