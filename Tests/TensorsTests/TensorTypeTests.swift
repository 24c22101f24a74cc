import Tensors
import Testing

@Suite struct TensorTypeTests {
    @Test(arguments: TensorType.allCases)
    func namesLeadBack(type: TensorType) {
        #expect(TensorType(named: type.name.uppercased()) == type)
        if let element = type.elementType { #expect(element.tensorType == type) }
    }

    @Test func everyElementTypeIsOne() {
        for type in ElementType.allCases {
            #expect(type.tensorType.elementType == type)
            #expect(type.tensorType.byteWidth == type.byteWidth)
        }
    }

    @Test func sizesAreChecked() {
        #expect(TensorType.float32.byteCount(of: [3, 5]) == 60)
        #expect(TensorType.float32.byteCount(of: [] as [Int]) == 4)
        #expect(TensorType.float32.byteCount(of: [Int.max, 2]) == nil)
        #expect(TensorType.float32.byteCount(of: [-1, 2]) == nil)
        #expect(TensorType.float32.byteCount(of: [Int.max, Int.max, 0]) == 0)
        #expect(TensorType.float4E2M1.byteCount(of: [3]) == nil)
        #expect(TensorType.float6E2M3.byteCount(of: [2, 2]) == 3)
        #expect(TensorType.float4E2M1.byteCount(of: [7, 2]) == 7)
    }
}
