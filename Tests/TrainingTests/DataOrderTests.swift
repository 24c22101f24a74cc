import Testing

@testable import Training

@Suite("The order of the data")
struct DataOrderTests {
    @Test("is a permutation of each epoch, another one for each epoch and seed")
    func permutes() {
        let orders = [(1, 0), (1, 1), (2, 0)].map { seed, epoch in
            DataOrder.permutation(of: 50, seed: UInt64(seed), epoch: epoch)
        }
        for order in orders { #expect(order.sorted() == Array(0..<50)) }
        #expect(Set(orders).count == 3)
        #expect(DataOrder.permutation(of: 5, seed: 1, epoch: nil) == [0, 1, 2, 3, 4])
    }

    @Test("goes on from any place, and windows end with the epoch")
    func resumes() {
        var (whole, cursor) = (DataOrder(count: 10, seed: 3), DataOrder.Cursor())
        var windows: [[Int]] = []
        var places: [DataOrder.Cursor] = []
        for _ in 0..<7 {
            places.append(cursor)
            windows.append(whole.next(4, &cursor))
        }
        #expect(windows.map(\.count) == [4, 4, 2, 4, 4, 2, 4])
        #expect(windows[0...2].flatMap { $0 }.sorted() == Array(0..<10))
        for (place, window) in zip(places, windows) {
            var (fresh, cursor) = (DataOrder(count: 10, seed: 3), place)
            #expect(fresh.next(4, &cursor) == window)
        }
    }
}
